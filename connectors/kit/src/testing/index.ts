export { certificatePage } from './certificate'
export { type Certificate, type ConformanceSubject, runConformance } from './conformance'
export { quickClock, testContext } from './context'
export { type Fault, type StandIn, type StandInReply, type StandInRequest, startStandIn } from './stand-in'
