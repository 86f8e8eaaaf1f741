export { costAndUsageReport } from './cost-and-usage-report'
