export { askLedger } from './ask-ledger'
export { type CountedRows, countedRows } from './counted-rows'
export { openExplorer } from './explorer'
export { exploreRoutes } from './routes'
