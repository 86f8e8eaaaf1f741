export { ColumnsMenu } from './columns-menu'
export { Grid } from './grid'
export { type GridColumn, useGridLayout } from './layout'
export { tsvOf } from './tsv'
