import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Place, dataFolders, hasGlueKernel } from '../src/kernelspecs';

function place(kernels: Record<string, string[]>, more: Partial<Place> = {}): Place {
  return { env: {}, platform: 'linux', home: '/home/ada', folders: [], list: (folder) => kernels[folder] ?? [], ...more };
}

test('a Glue kernel is one of AWS\'s names, whatever else is there', () => {
  const at = '/home/ada/.local/share/jupyter/kernels';
  assert.equal(hasGlueKernel(place({})), false);
  assert.equal(hasGlueKernel(place({ [at]: ['python3', 'pysparkkernel', 'my_glue'] })), false);
  assert.equal(hasGlueKernel(place({ [at]: ['python3', 'glue_pyspark'] })), true);
  assert.equal(hasGlueKernel(place({ [at]: ['Glue_Spark'] })), true);
});

test('what the user has set is looked at, relative folders are not', () => {
  const env = { JUPYTER_PATH: '/a:b:/c', JUPYTER_DATA_DIR: '/data', XDG_DATA_HOME: '/xdg' };
  const folders = dataFolders(place({}, { env }));
  assert.deepEqual(folders, ['/a', '/c', '/data', '/usr/local/share/jupyter', '/usr/share/jupyter']);
  assert.ok(dataFolders(place({}, { env: { XDG_DATA_HOME: '/xdg' } })).includes('/xdg/jupyter'));
});

test('Python environments are looked at: active ones, those in open folders, those on the PATH', () => {
  const env = { VIRTUAL_ENV: '/venvs/one', CONDA_PREFIX: '/conda', PATH: '/usr/bin:/opt/py/bin' };
  const folders = dataFolders(place({ '/shop': ['.venv', 'src', 'venv-glue'] }, { env, folders: ['/shop'] }));
  for (const prefix of ['/venvs/one', '/conda', '/shop', '/shop/.venv', '/shop/venv-glue', '/usr', '/opt/py']) {
    assert.ok(folders.includes(`${prefix}/share/jupyter`), `${prefix}: ${JSON.stringify(folders)}`);
  }
  assert.ok(!folders.some((folder) => folder.includes('/src/')));
  assert.equal(hasGlueKernel(place({ '/shop': ['.venv'], '/shop/.venv/share/jupyter/kernels': ['glue_pyspark'] }, { folders: ['/shop'] })), true);
});

test('each system has its own folders', () => {
  assert.ok(dataFolders(place({}, { platform: 'darwin' })).includes('/home/ada/Library/Jupyter'));
  const env = { AppData: 'C:\\Users\\ada\\AppData\\Roaming', Path: 'C:\\Python;C:\\env\\Scripts', ProgramData: 'C:\\ProgramData' };
  const windows = dataFolders(place({}, { platform: 'win32', home: 'C:\\Users\\ada', env }));
  for (const folder of ['C:\\Users\\ada\\AppData\\Roaming\\jupyter', 'C:\\Python\\share\\jupyter', 'C:\\env\\share\\jupyter', 'C:\\ProgramData\\jupyter']) {
    assert.ok(windows.includes(folder), `${folder}: ${JSON.stringify(windows)}`);
  }
});
