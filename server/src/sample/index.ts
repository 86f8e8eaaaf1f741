export { startLiveTraffic } from './live-traffic'
export { seedSampleCompany } from './seed'
