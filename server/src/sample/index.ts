export { startLiveTraffic } from './live-traffic'
export { seedSampleCompany } from './seed'
export { writeSampleFiles } from './write-sample-files'
