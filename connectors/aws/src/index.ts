import { costExplorer } from './cost-explorer'
import { dataExports } from './data-exports'

export { costAndUsageReport } from './cost-and-usage-report'
export { costExplorer, dataExports }

export default [dataExports, costExplorer]
