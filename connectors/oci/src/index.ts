export { costReport } from './cost-report'
