import { readErrorsTable } from './errors-table.ts'

const { expected } = await readErrorsTable()
console.log(
  ['| Code | Room | What happened | Tried again | What to do |', '| --- | --- | --- | --- | --- |'].join(
    '\n',
  ),
)
console.log([...expected.values()].join('\n'))
