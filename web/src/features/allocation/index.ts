export { AllocationPage } from './allocation-page'
