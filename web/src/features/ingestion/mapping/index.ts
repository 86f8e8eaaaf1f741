export { takeFiles } from './take-files'
export { UnknownFiles } from './unknown-files'
