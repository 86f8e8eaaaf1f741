export { lockFolder } from './folder-lock'
export { migratePostgres } from './migrate'
export { openPostgres, type Postgres } from './postgres'
export * as tables from './schema'
