export type { ClickHouse, Lane } from './clickhouse'
export { openClickHouse } from './clickhouse'
export { migrateClickHouse } from './migrate'
