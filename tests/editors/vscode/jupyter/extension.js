const vscode = require('vscode');

exports.activate = ({ subscriptions }) => {
  const kernel = vscode.notebooks.createNotebookController('stand-in', 'jupyter-notebook', 'Another kernel');
  kernel.supportedLanguages = ['python', 'python_glue_session', 'Python_Glue_Session'];
  kernel.executeHandler = () => undefined;
  subscriptions.push(kernel);
};
