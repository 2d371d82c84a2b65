import { configurationTable } from './configuration-table.ts'

console.log(configurationTable().join('\n'))
