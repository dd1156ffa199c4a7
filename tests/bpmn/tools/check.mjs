// Reads BPMN files as the bpmn.io tools do and prints what they complain about, as JSON:
// {"<file>": {"warnings": [...], "reports": [{"rule", "category", "id", "message"}]}}
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { BpmnModdle } from 'bpmn-moddle';

const require = createRequire(import.meta.url);
const Linter = require('bpmnlint/lib/linter');
const NodeResolver = require('bpmnlint/lib/resolver/node-resolver');

const config = JSON.parse(await readFile(new URL('.bpmnlintrc', import.meta.url), 'utf8'));
const answer = {};

for (const file of process.argv.slice(2)) {
  const { rootElement, warnings } = await new BpmnModdle().fromXML(await readFile(file, 'utf8'));
  const linter = new Linter({ config, resolver: new NodeResolver() }); // rules remember the file before
  const results = await linter.lint(rootElement, config);
  answer[file] = {
    warnings: warnings.map((warning) => warning.message),
    reports: Object.entries(results).flatMap(([rule, found]) =>
      found.map(({ category, id, message }) => ({ rule, category, id, message }))),
  };
}

process.stdout.write(JSON.stringify(answer));
