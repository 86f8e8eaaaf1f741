export { askLedger } from './ask-ledger'
export { openExplorer } from './explorer'
export { exploreRoutes } from './routes'
