// jest's results for the judge. A test file that cannot be run is one error, `FILE::<load>`.
'use strict';

const channel = require('./kaizen_node.cjs');
const OUTCOMES = { passed: 'pass', failed: 'fail', pending: 'skip', skipped: 'skip', todo: 'skip', disabled: 'skip' };

module.exports = class KaizenReporter {
  constructor() {
    this.run = channel.run();
    this.files = new Set();
    this.planned = [];
  }

  onRunStart() {}

  onTestFileStart(test) {
    this.planned.push(test.path);
  }

  onTestResult(test, result) {
    const file = this.run.file(test.path);
    const project = test.context?.config?.displayName?.name;
    this.files.add(test.path);
    const cases = result.testResults || [];
    for (const one of cases) {
      const names = [...one.ancestorTitles, one.title];
      if (project) names[0] = `[${project}] ${names[0]}`;
      const outcome = OUTCOMES[one.status] || 'error';
      const message = outcome === 'skip' ? undefined : (one.failureMessages || []).join('\n');
      this.run.case(this.run.id(file, names), outcome, one.duration ?? undefined, message);
    }
    const broken = result.testExecError || (cases.length === 0 && result.failureMessage);
    if (broken) this.run.case(this.run.id(file, [cases.length ? '<exit>' : '<load>']), 'error', undefined, result.failureMessage || broken.message);
  }

  onRunComplete(_contexts, results) {
    const missing = this.planned.filter((file) => !this.files.has(file)).map((file) => this.run.file(file));
    const lacking = results.numTotalTestSuites - this.files.size - missing.length;
    for (let count = 0; count < lacking; count += 1) missing.push('(a test file that was never started)');
    if (results.wasInterrupted && missing.length === 0) missing.push('(jest was interrupted)');
    this.run.end(missing);
  }

  getLastError() {}
};
