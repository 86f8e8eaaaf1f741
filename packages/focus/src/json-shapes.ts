import { parseDecimal } from './decimal'
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue, readJson } from './json'
import type { FocusRow } from './row'
import type { JsonShape } from './rules'

/** What is wrong with a JSON cell, in sentences; empty when it has its published shape. */
export function jsonProblems(text: string, shape: JsonShape, row: FocusRow): string[] {
  const reading = readJson(text)
  if (!reading) return ['not JSON']
  if (!isJsonObject(reading.value)) return ['not a JSON object']
  const problems = reading.repeatedKeys.map((key) => `the key ${key} occurs more than once`)
  const object = reading.value
  switch (shape) {
    case 'key-value':
      return [...problems, ...keyValueProblems(object)]
    case 'SkuPriceDetails':
      return [...problems, ...keyValueProblems(object), ...skuPriceDetailsProblems(object)]
    case 'InvoiceDetailGrain':
      return [...problems, ...keyValueProblems(object), ...unknownKeys(object, invoiceDetailGrainKeys)]
    case 'AllocatedTags':
      return [...problems, ...keyValueProblems(object), ...repeatedTags(object, row.Tags ?? null)]
    case 'ContractApplied':
      return [...problems, ...elements(object, 'Elements', contractAppliedProblems)]
    case 'AllocatedMethodDetails':
      return [...problems, ...elements(object, 'Elements', allocatedProblems)]
    case 'CommitmentProgramEligibilityDetails':
      return [
        ...problems,
        ...elements(object, 'CommitmentPrograms', programProblems),
        ...programOfDiscount(object, row.CommitmentDiscountType ?? null),
      ]
    case 'ContractCommitmentApplicability':
      return [...problems, ...applicabilityProblems(object)]
    default:
      return problems
  }
}

function keyValueProblems(object: JsonObject): string[] {
  return Object.entries(object)
    .filter(([, value]) => typeof value === 'object' && value !== null && !(value instanceof JsonNumber))
    .map(([key]) => `${key} holds an object or a list where a plain value belongs`)
}

const numericSkuKeys = new Set([
  'CoreCount',
  'DiskMaxIops',
  'DiskSpace',
  'GpuCount',
  'MemorySize',
  'NetworkMaxIops',
  'NetworkMaxThroughput',
])
const textSkuKeys = new Set([
  'DiskType',
  'InstanceType',
  'InstanceSeries',
  'OperatingSystem',
  'Redundancy',
  'StorageClass',
])
const invoiceDetailGrainKeys = new Set([
  'ContractId',
  'RegionId',
  'ResourceId',
  'ResourceType',
  'ServiceName',
  'SkuId',
  'SkuMeter',
  'SkuPriceId',
  'SubAccountId',
])

function skuPriceDetailsProblems(object: JsonObject): string[] {
  const problems = unknownKeys(object, new Set([...numericSkuKeys, ...textSkuKeys]))
  for (const [key, value] of Object.entries(object)) {
    if (value === null) continue
    if (numericSkuKeys.has(key) && !(value instanceof JsonNumber)) problems.push(`${key} is a number`)
    if (textSkuKeys.has(key) && typeof value !== 'string') problems.push(`${key} is a text`)
  }
  return problems
}

function unknownKeys(object: JsonObject, known: Set<string>): string[] {
  return Object.keys(object)
    .filter((key) => !known.has(key) && !key.startsWith('x_'))
    .map((key) => `the key ${key} is not of FOCUS and lacks the prefix x_`)
}

function repeatedTags(object: JsonObject, tags: string | null): string[] {
  const reading = tags === null ? null : readJson(tags)
  if (!reading || !isJsonObject(reading.value)) return []
  const own = reading.value
  return Object.keys(object)
    .filter((key) => key in own)
    .map((key) => `the key ${key} is in Tags already`)
}

function elements(object: JsonObject, key: string, check: (element: JsonObject) => string[]): string[] {
  const problems = unknownKeys(object, new Set([key]))
  const list = object[key]
  if (!Array.isArray(list)) return [...problems, `${key} is missing or no list`]
  if (list.length === 0) return [...problems, `${key} is empty`]
  for (const [index, element] of list.entries()) {
    if (!isJsonObject(element)) problems.push(`${key}[${index}] is no object`)
    else problems.push(...check(element).map((problem) => `${key}[${index}]: ${problem}`))
  }
  return problems
}

function contractAppliedProblems(element: JsonObject): string[] {
  const problems = [...required(element, 'ContractId'), ...required(element, 'ContractCommitmentId')]
  const cost = element.ContractCommitmentAppliedCost ?? null
  const quantity = element.ContractCommitmentAppliedQuantity ?? null
  const unit = element.ContractCommitmentAppliedUnit ?? null
  if (cost !== null && !(cost instanceof JsonNumber)) problems.push('ContractCommitmentAppliedCost is a number')
  if (quantity !== null && !(quantity instanceof JsonNumber))
    problems.push('ContractCommitmentAppliedQuantity is a number')
  if (unit !== null && typeof unit !== 'string') problems.push('ContractCommitmentAppliedUnit is a text')
  if ((quantity === null) !== (unit === null)) problems.push('a quantity needs its unit and a unit its quantity')
  if ((cost === null) === (quantity === null))
    problems.push('either a cost or a quantity is given, not both and not neither')
  return [...problems, ...unknownKeys(element, contractAppliedKeys)]
}

const contractAppliedKeys = new Set([
  'ContractId',
  'ContractCommitmentId',
  'ContractCommitmentAppliedCost',
  'ContractCommitmentAppliedQuantity',
  'ContractCommitmentAppliedUnit',
])

function allocatedProblems(element: JsonObject): string[] {
  const problems = [...ratio(element.AllocatedRatio, 'AllocatedRatio', true)]
  const quantity = element.UsageQuantity ?? null
  const unit = element.UsageUnit ?? null
  if (quantity !== null && !(quantity instanceof JsonNumber)) problems.push('UsageQuantity is a number')
  if (quantity !== null && typeof unit !== 'string') problems.push('UsageQuantity needs UsageUnit')
  return [...problems, ...unknownKeys(element, new Set(['AllocatedRatio', 'UsageQuantity', 'UsageUnit']))]
}

function programProblems(element: JsonObject): string[] {
  return [...required(element, 'ProgramType'), ...unknownKeys(element, new Set(['ProgramType']))]
}

function programOfDiscount(object: JsonObject, discountType: string | null): string[] {
  const programs = object.CommitmentPrograms
  if (discountType === null || !Array.isArray(programs)) return []
  const matching = programs.filter((program) => isJsonObject(program) && program.ProgramType === discountType)
  return matching.length === 1
    ? []
    : [`${matching.length} programs have the type ${discountType} of the discount, one should`]
}

const applicabilityKeys = new Set([
  'IsGlobalScope',
  'IsComplexScope',
  'Applicability',
  'InclusionOperator',
  'Inclusions',
  'ExclusionOperator',
  'Exclusions',
])
const ruleOperators = new Set([
  'In',
  'NotIn',
  'StartsWith',
  'NotStartsWith',
  'Contains',
  'NotContains',
  'EndsWith',
  'Exists',
  'DoesNotExist',
])
const wildcardOperators = new Set(['In', 'Contains', 'Exists', 'DoesNotExist'])

function applicabilityProblems(object: JsonObject): string[] {
  const problems = unknownKeys(object, applicabilityKeys)
  const isGlobal = object.IsGlobalScope === true
  const isComplex = object.IsComplexScope === true
  const inclusions = object.Inclusions
  const exclusions = object.Exclusions
  if (isGlobal && isComplex) problems.push('a scope is not both global and complex')
  if (isGlobal || isComplex) {
    if (Array.isArray(inclusions) && inclusions.length > 0) problems.push('a global or complex scope has no Inclusions')
  } else {
    if (!Array.isArray(inclusions) || inclusions.length === 0) problems.push('Inclusions are missing')
    problems.push(...joiner(object.InclusionOperator, 'InclusionOperator'))
  }
  problems.push(...scopeRules(inclusions, 'Inclusions'))
  if (exclusions !== undefined) {
    if (!Array.isArray(exclusions) || exclusions.length === 0) problems.push('Exclusions are empty or no list')
    problems.push(...joiner(object.ExclusionOperator, 'ExclusionOperator'), ...scopeRules(exclusions, 'Exclusions'))
  }
  return [...problems, ...applicability(object.Applicability)]
}

function applicability(value: JsonValue | undefined): string[] {
  if (value === undefined) return []
  if (!isJsonObject(value)) return ['Applicability is no object']
  return [...ratio(value.Cost, 'Applicability.Cost', false), ...ratio(value.Usage, 'Applicability.Usage', false)]
}

function joiner(value: JsonValue | undefined, key: string): string[] {
  return value === 'And' || value === 'Or' ? [] : [`${key} is And or Or`]
}

function scopeRules(list: JsonValue | undefined, key: string): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((rule, index) => {
    const at = `${key}[${index}]`
    if (!isJsonObject(rule)) return [`${at} is no object`]
    const problems = required(rule, 'Dimension')
    const operator = rule.Operator
    if (typeof operator !== 'string' || !ruleOperators.has(operator)) problems.push('Operator is unknown')
    const values = rule.Values
    if (!Array.isArray(values) || values.length === 0 || !values.every((value) => typeof value === 'string'))
      problems.push('Values are texts, one at least')
    else if (typeof operator === 'string') {
      if (values.includes('*') && (values.length > 1 || !wildcardOperators.has(operator)))
        problems.push('* stands alone, and only with In, Contains, Exists and DoesNotExist')
      if (/Exist/.test(operator) && values.some((value) => value !== '*')) problems.push(`${operator} takes * only`)
    }
    return [...problems.map((problem) => `${at}: ${problem}`), ...applicability(rule.Applicability)]
  })
}

function required(object: JsonObject, key: string): string[] {
  const value = object[key]
  return typeof value === 'string' && value !== '' ? [] : [`${key} is missing`]
}

function ratio(value: JsonValue | undefined, key: string, isRequired: boolean): string[] {
  if (value === undefined) return isRequired ? [`${key} is missing`] : []
  const parsed = value instanceof JsonNumber ? parseDecimal(value.text) : null
  if (!parsed) return [`${key} is a number`]
  return parsed.units < 0n || parsed.units > 10n ** BigInt(parsed.scale) ? [`${key} lies between 0 and 1`] : []
}
