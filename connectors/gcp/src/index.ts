export { billingExport, costTable, dailyFile } from './billing-export'
