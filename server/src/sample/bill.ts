import type { Scaled } from '../primitives/money'
import { DAY, instant, type Month, type Story, weekdayOf } from './calendar'
import { costCenters, type Team } from './company'
import { type Charge, decimal, type FocusVersion, minus, permilleOf, plus, text, times, zero } from './focus-file'
import { randomOf } from './random'

/** Who sends the bill and in what money. */
export type Biller = {
  /** the connection the file comes in by */
  connection: string
  serviceProviderName: string
  invoiceIssuerName: string
  accountId: string
  accountName: string
  accountType: string
  subAccountType: string
  currency: string
  /** currency of the price list */
  pricingCurrency: string
  versionOf: (story: Story, month: Month) => FocusVersion
  /** billing currency for one unit of the pricing currency, fixed for a month */
  rateOf: (month: Month) => string
  /** a negotiated discount, permille of the list price */
  discountPermille: number
  sharesZones: boolean
}

export type SubAccount = { id: string; name: string }

/** Something that is metered every day. `price` is in the pricing currency, quantities in millionths of a unit. */
export type Meter = {
  service: string
  category: string
  subcategory: string
  sku: string
  meter: string
  description: string
  unit: string
  consumedUnit?: string
  /** consumed units in a pricing unit, as a power of ten */
  consumedPower?: number
  price: string
  /** list price from the story's price change on */
  laterPrice?: string
  region?: { id: string; name: string; zone?: string }
  resource?: { id: string; name?: string; type: string }
  subAccount: SubAccount
  tags: Record<string, string> | null
  details?: Record<string, string | number>
  /** no negotiated discount: AI list prices */
  atList?: boolean
  dynamic?: boolean
}

/** How an amount of use goes through the week and the year. */
export type Load = {
  microPerDay: bigint
  rhythm: 'flat' | 'consumer' | 'office'
  growthPermillePerMonth: number
  noisePermille: number
}

const rhythms = {
  flat: [1000, 1000, 1000, 1000, 1000, 1000, 1000],
  consumer: [1010, 1000, 1020, 1040, 1080, 970, 880],
  office: [1180, 1210, 1220, 1190, 1100, 560, 540],
} as const

/** Millionths of a unit used on a day. */
export function loadOn(story: Story, load: Load, label: string, day: number): bigint {
  const noise = 1000 + randomOf(`${story.seed}|load|${label}|${day}`).between(-load.noisePermille, load.noisePermille)
  const growth = 1000 + Math.round((load.growthPermillePerMonth * (day - story.firstCallDay)) / 30)
  const week = rhythms[load.rhythm][weekdayOf(day)] ?? 1000
  return (load.microPerDay * BigInt(Math.max(100, growth)) * BigInt(week) * BigInt(noise)) / 1_000_000_000n
}

/** Tags as people write them: mostly right, sometimes with another case, a slip of the finger, or not at all. */
export function tagsOf(seed: string, resource: string, team: Team, environment: string): Record<string, string> | null {
  const random = randomOf(`${seed}|tags|${resource}`)
  const draw = random.between(0, 99)
  if (draw < 7) return null
  if (draw < 10) return { env: environment }
  if (draw < 14) return { Team: team, env: environment, 'cost-center': costCenters[team] }
  if (draw < 17) return { team: team.toUpperCase(), env: environment }
  if (draw < 20) return { team: misspelt[team], env: environment === 'prod' ? 'production' : environment }
  if (draw < 23) return { owner: `${team}@sora.example`, env: environment }
  return { team, env: environment, 'cost-center': costCenters[team] }
}

const misspelt: Record<Team, string> = {
  assistant: 'asistant',
  'search-ranking': 'search_ranking',
  'core-platform': 'core-plaform',
  payments: 'paymnets',
  'fleet-vision': 'fleetvision',
  'data-platform': 'data platform',
}

/** Writes the rows of one bill; every amount is an exact product of a price and a quantity. */
export class Bill {
  readonly charges: Charge[] = []
  private readonly rate: Scaled
  private readonly invoice: string

  constructor(
    readonly story: Story,
    readonly biller: Biller,
    readonly month: Month,
    /** first day after the last one on this bill */
    readonly end: number,
  ) {
    this.rate = decimal(biller.rateOf(month))
    this.invoice = `${biller.connection.toUpperCase()}-${month.text.replace('-', '')}`
  }

  get days(): number[] {
    return Array.from(
      { length: Math.max(0, Math.min(this.end, this.month.end) - this.month.first) },
      (_, i) => this.month.first + i,
    )
  }

  private base(
    from: number,
    to: number,
    category: string,
    frequency: string,
    description: string,
  ): Omit<Charge, 'BilledCost' | 'EffectiveCost' | 'ListCost' | 'ContractedCost'> {
    const { biller, month } = this
    return {
      BillingAccountId: biller.accountId,
      BillingAccountName: biller.accountName,
      BillingAccountType: biller.accountType,
      BillingCurrency: biller.currency,
      BillingPeriodStart: instant(month.first * DAY),
      BillingPeriodEnd: instant(month.end * DAY),
      ChargePeriodStart: instant(from * DAY),
      ChargePeriodEnd: instant(to * DAY),
      ChargeCategory: category,
      ChargeFrequency: frequency,
      ChargeDescription: description,
      InvoiceId: this.invoice,
      InvoiceDetailId: `${this.invoice}-${this.charges.length + 1}`,
      InvoiceIssuerName: biller.invoiceIssuerName,
      ProviderName: biller.serviceProviderName,
      PublisherName: biller.serviceProviderName,
      ServiceProviderName: biller.serviceProviderName,
      HostProviderName: biller.serviceProviderName,
      PricingCurrency: biller.pricingCurrency,
    }
  }

  private about(meter: Meter): Partial<Charge> {
    const { region, resource, subAccount } = meter
    return {
      ServiceName: meter.service,
      ServiceCategory: meter.category,
      ServiceSubcategory: meter.subcategory,
      SkuId: meter.sku,
      SkuMeter: meter.meter,
      SkuPriceId: `${meter.sku}.${meter.dynamic ? 'SPOT' : 'OD'}`,
      SubAccountId: subAccount.id,
      SubAccountName: subAccount.name,
      SubAccountType: this.biller.subAccountType,
      ...(region ? { RegionId: region.id, RegionName: region.name } : {}),
      ...(region?.zone && this.biller.sharesZones ? { AvailabilityZone: region.zone } : {}),
      ...(resource ? { ResourceId: resource.id, ResourceType: resource.type } : {}),
      ...(resource?.name ? { ResourceName: resource.name } : {}),
      ...(meter.tags ? { Tags: JSON.stringify(meter.tags) } : {}),
      ...(meter.details ? { SkuPriceDetails: JSON.stringify(meter.details) } : {}),
    }
  }

  /** List and contracted price of a unit on a day: in the pricing currency and in the billing currency. */
  private prices(meter: Meter, day: number) {
    const list = decimal(meter.laterPrice && day >= this.story.priceChangeDay ? meter.laterPrice : meter.price)
    const contracted =
      meter.atList || meter.dynamic || this.biller.discountPermille === 0
        ? list
        : permilleOf(list, 1000 - this.biller.discountPermille)
    return { list, contracted, billedList: times(list, this.rate), billedContracted: times(contracted, this.rate) }
  }

  private priced(meter: Meter, day: number, quantity: Scaled): Partial<Charge> & { list: Scaled; contracted: Scaled } {
    const price = this.prices(meter, day)
    return {
      list: times(price.billedList, quantity),
      contracted: times(price.billedContracted, quantity),
      ListUnitPrice: text(price.billedList),
      ContractedUnitPrice: text(price.billedContracted),
      PricingCurrencyListUnitPrice: text(price.list),
      PricingCurrencyContractedUnitPrice: text(price.contracted),
      PricingQuantity: text(quantity),
      PricingUnit: meter.unit,
    }
  }

  private inPricingCurrency(meter: Meter, day: number, quantity: Scaled): string {
    return text(times(this.prices(meter, day).contracted, quantity))
  }

  /** One day's use of a meter, paid as it goes. `micro` is in millionths of the pricing unit. */
  usage(meter: Meter, day: number, micro: bigint): void {
    if (micro === 0n) return
    const quantity: Scaled = { units: micro, scale: 6 }
    const { list, contracted, ...columns } = this.priced(meter, day, quantity)
    const power = meter.consumedPower ?? 0
    this.charges.push({
      ...this.base(day, day + 1, 'Usage', 'Usage-Based', meter.description),
      ...this.about(meter),
      ...columns,
      PricingCategory: meter.dynamic ? 'Dynamic' : 'Standard',
      ConsumedQuantity: text({ units: micro * 10n ** BigInt(power), scale: 6 }),
      ConsumedUnit: meter.consumedUnit ?? meter.unit,
      ListCost: text(list),
      ContractedCost: text(contracted),
      EffectiveCost: text(contracted),
      BilledCost: text(contracted),
      PricingCurrencyEffectiveCost: this.inPricingCurrency(meter, day, quantity),
    })
  }

  /**
   * A reservation paid by the month: the purchase is billed on the first, its effective cost is 0; each day the hours that found a
   * machine carry their part of the fee as `Used`, the others as `Unused`.
   */
  reservation(
    meter: Meter,
    commitment: { id: string; name: string; type: string; hourlyPrice: string; count: number },
    usedHours: (day: number) => number,
  ): void {
    const hourly = times(decimal(commitment.hourlyPrice), this.rate)
    const perDay = 24 * commitment.count
    const monthHours: Scaled = { units: BigInt(perDay * (this.month.end - this.month.first)), scale: 0 }
    const columns = {
      CommitmentDiscountId: commitment.id,
      CommitmentDiscountName: commitment.name,
      CommitmentDiscountCategory: 'Usage',
      CommitmentDiscountType: commitment.type,
      CommitmentDiscountUnit: 'Hours',
    }
    const itself = { id: commitment.id, name: commitment.name, type: commitment.type }
    const fee = text(times(hourly, monthHours))
    const purchase = this.priced(
      { ...meter, price: commitment.hourlyPrice, laterPrice: undefined, atList: true },
      this.month.first,
      monthHours,
    )
    const { list: _list, contracted: _contracted, ...purchasePrices } = purchase
    this.charges.push({
      ...this.base(this.month.first, this.month.end, 'Purchase', 'Recurring', `${commitment.name}: monthly fee`),
      ...this.about({
        ...meter,
        resource: itself,
        meter: 'Commitment',
        sku: `${meter.sku}-RI`,
        details: undefined,
        tags: null,
      }),
      ...columns,
      ...purchasePrices,
      CommitmentDiscountQuantity: text({ units: BigInt(perDay * (this.month.end - this.month.first)), scale: 0 }),
      PricingCategory: 'Standard',
      ListCost: fee,
      ContractedCost: fee,
      BilledCost: fee,
      EffectiveCost: '0',
      PricingCurrencyEffectiveCost: '0',
    })
    for (const day of this.days) {
      const used = Math.min(perDay, Math.max(0, usedHours(day)))
      for (const [status, hours] of [
        ['Used', used],
        ['Unused', perDay - used],
      ] as const) {
        if (hours === 0) continue
        const quantity: Scaled = { units: BigInt(hours), scale: 0 }
        const { list, contracted, ...prices } = this.priced(meter, day, quantity)
        this.charges.push({
          ...this.base(
            day,
            day + 1,
            'Usage',
            'Usage-Based',
            status === 'Used' ? `${meter.description}, reserved` : `${commitment.name}: unused hours`,
          ),
          ...this.about(status === 'Used' ? meter : { ...meter, resource: itself, tags: null }),
          ...columns,
          ...prices,
          CommitmentDiscountStatus: status,
          CommitmentDiscountQuantity: text(quantity),
          PricingCategory: 'Committed',
          ...(status === 'Used' ? { ConsumedQuantity: text(quantity), ConsumedUnit: 'Hours' } : {}),
          ListCost: text(list),
          ContractedCost: text(contracted),
          BilledCost: '0',
          EffectiveCost: text(times(hourly, quantity)),
          PricingCurrencyEffectiveCost: text(times(decimal(commitment.hourlyPrice), quantity)),
        })
      }
    }
  }

  /** A purchase that covers nothing else: a support plan, a marketplace subscription. `amount` in the billing currency. */
  subscription(meter: Meter, day: number, amount: string): void {
    const {
      list: _list,
      contracted: _contracted,
      ...prices
    } = this.priced({ ...meter, price: amount, atList: true }, day, { units: 1n, scale: 0 })
    this.charges.push({
      ...this.base(day, day + 1, 'Purchase', 'Recurring', meter.description),
      ...this.about(meter),
      ...prices,
      PricingCategory: 'Standard',
      ListCost: amount,
      ContractedCost: amount,
      BilledCost: amount,
      EffectiveCost: amount,
      PricingCurrencyEffectiveCost: amount,
    })
  }

  /** Credits (negative `amount`), taxes and refunds: amounts in the billing currency, no price. */
  other(
    kind: 'Credit' | 'Tax' | 'Adjustment',
    about: { service: string; category: string; subcategory: string; subAccount: SubAccount },
    days: { from: number; to: number },
    amount: Scaled,
    description: string,
    correction = false,
  ): void {
    const value = text(amount)
    this.charges.push({
      ...this.base(days.from, days.to, kind, kind === 'Tax' ? 'Usage-Based' : 'One-Time', description),
      ServiceName: about.service,
      ServiceCategory: about.category,
      ServiceSubcategory: about.subcategory,
      SubAccountId: about.subAccount.id,
      SubAccountName: about.subAccount.name,
      SubAccountType: this.biller.subAccountType,
      ...(correction ? { ChargeClass: 'Correction' } : {}),
      ListCost: value,
      ContractedCost: value,
      BilledCost: value,
      EffectiveCost: value,
      ...(this.biller.currency === this.biller.pricingCurrency
        ? { PricingCurrencyEffectiveCost: value }
        : { PricingCurrency: this.biller.currency, PricingCurrencyEffectiveCost: value }),
    })
  }

  /** What a day costs so far, in the billing currency: the base of a tax. */
  billedOn(day: number): Scaled {
    const at = instant(day * DAY)
    return this.charges
      .filter((charge) => charge.ChargePeriodStart === at && charge.ChargeCategory === 'Usage')
      .reduce((sum, charge) => plus(sum, decimal(charge.BilledCost)), zero)
  }

  credit(about: Parameters<Bill['other']>[1], day: number, amount: Scaled, description: string): void {
    this.other('Credit', about, { from: day, to: day + 1 }, minus(amount), description)
  }
}
