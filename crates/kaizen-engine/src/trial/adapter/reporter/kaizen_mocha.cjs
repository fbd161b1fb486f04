// mocha's results for the judge. A failed hook is an error, `FILE::SUITE > <hooks>`, and so are the cases it kept from running.
'use strict';

const channel = require('./kaizen_node.cjs');

module.exports = class KaizenReporter {
  constructor(runner) {
    const run = channel.run();
    const done = new Set();
    const broken = new Set();
    const key = (test) => test.fullTitle();
    const names = (test) => (test.titlePath ? test.titlePath() : [test.title]);
    const report = (test, outcome, error) => {
      done.add(test);
      done.add(test.__mocha_id__ || key(test));
      run.case(run.id(run.file(test.file), names(test)), outcome, test.duration, error && (error.stack || error.message || error));
    };
    runner.on('pass', (test) => report(test, 'pass'));
    runner.on('pending', (test) => report(test, 'skip'));
    runner.on('fail', (test, error) => {
      if (test.type !== 'hook') return report(test, 'fail', error);
      const suite = test.parent;
      const place = suite?.titlePath ? suite.titlePath() : names(test).slice(0, -1);
      if (suite) broken.add(suite);
      run.case(run.id(run.file(test.file), [...place, '<hooks>']), 'error', undefined, `${test.title}: ${error && (error.stack || error.message || error)}`);
    });
    runner.on('end', () => {
      const missing = [];
      runner.suite?.eachTest?.((test) => {
        if (done.has(test) || done.has(test.__mocha_id__ || key(test)) || !isSelected(runner, test)) return;
        if (isBelow(test, broken)) report(test, 'error', 'it did not run because a hook failed');
        else missing.push(key(test));
      });
      run.end(missing);
    });
  }
};

function isSelected(runner, test) {
  const found = runner._grep ? runner._grep.test(test.fullTitle()) : true;
  return runner._invert ? !found : found;
}

function isBelow(test, suites) {
  for (let suite = test.parent; suite; suite = suite.parent) if (suites.has(suite)) return true;
  return false;
}
