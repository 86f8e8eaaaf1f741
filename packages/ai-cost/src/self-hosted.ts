import { decimal, decimalText, multiply, rescale, type Scaled } from './decimal'

const digits = 12

/**
 * What 1,000,000 tokens of a self-hosted model cost: hourly rate × GPUs × hours ÷ tokens, where an output token weighs
 * `outputWeight` input tokens (default 1). Decimal text in the currency of the rate, rounded half up at 12 fractional
 * digits: it is a declared derivation, not a price somebody charges.
 *
 * @throws RangeError when there are no tokens, or a figure is negative or not a decimal
 */
export function ratePerMillionFromGpuHours(measured: {
  /** price of one GPU for one hour, decimal text */
  hourlyRate: string
  gpus: number
  /** hours the GPUs were paid for, decimal text; idle hours belong to them */
  hours: string
  inputTokens: number
  outputTokens: number
  outputWeight?: string
}): { input: string; output: string } {
  const { gpus, inputTokens, outputTokens } = measured
  for (const count of [gpus, inputTokens, outputTokens])
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`not a count: ${count}`)
  const spent = multiply(
    multiply(decimal(measured.hourlyRate), decimal(measured.hours)),
    whole(BigInt(gpus) * 1_000_000n),
  )
  const weight = decimal(measured.outputWeight ?? '1')
  // input + weight × output, at the scale of the weight
  const tokens: Scaled = {
    units: rescale(whole(BigInt(inputTokens)), weight.scale) + weight.units * BigInt(outputTokens),
    scale: weight.scale,
  }
  if (spent.units < 0n || weight.units < 0n) throw new RangeError('rates, hours and weights are not negative')
  if (tokens.units === 0n) throw new RangeError('without tokens there is no price per token')
  const input = divided(spent, tokens)
  return { input: decimalText(input), output: decimalText(divided(multiply(spent, weight), tokens)) }
}

const whole = (units: bigint): Scaled => ({ units, scale: 0 })

function divided(a: Scaled, b: Scaled): Scaled {
  const numerator = a.units * 10n ** BigInt(digits + b.scale)
  const denominator = b.units * 10n ** BigInt(a.scale)
  return { units: (2n * numerator + denominator) / (2n * denominator), scale: digits }
}
