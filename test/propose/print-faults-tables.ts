import { fieldsTable, reasonsTable } from './faults-table.ts'

console.log(`${reasonsTable()}\n\n${fieldsTable()}`)
