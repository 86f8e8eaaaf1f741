export { costAndUsageReport } from './cost-and-usage-report'
export { type Delivery, exportManifests, readExportManifest, readReportManifest, reportManifests } from './deliveries'
