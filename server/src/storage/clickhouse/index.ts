export type { BulkInput, ClickHouse, Lane } from './clickhouse'
export { literal, openClickHouse } from './clickhouse'
export { migrateClickHouse, migrationsOfClickHouse } from './migrate'
