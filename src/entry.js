#!/usr/bin/env node
// Plain JavaScript that any Node can read: says what is needed before anything else is loaded.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(`aiops-operator needs Node.js 24 or newer; this is ${process.version}.\n`)
  process.exit(69)
}
import('./main.js')
