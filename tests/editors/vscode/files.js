const { existsSync, readFileSync, watch } = require('node:fs');
const { basename, dirname } = require('node:path');

/** Resolves once the file is there and `holds` is true of its text, looking at each change of its folder; rejects after `seconds`. */
exports.fileHolds = (file, holds, seconds) => new Promise((resolve, reject) => {
  const good = () => existsSync(file) && holds(readFileSync(file, 'utf8'));
  const done = (settle) => { watcher.close(); clearTimeout(timer); settle(); };
  const timer = setTimeout(() => done(() => reject(new Error(`${basename(file)} is not there or not as expected after ${seconds} s`))), seconds * 1000);
  const watcher = watch(dirname(file), () => good() && done(resolve));
  if (good()) done(resolve);
});
