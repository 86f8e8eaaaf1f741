/**
 * Statistics fitted once to public traces of real model traffic, so that the sample company calls models the way people do.
 *
 * - Token lengths `code` and `conversation`: Azure LLM inference trace 2023, CC-BY-4.0
 *   (Patel et al., "Splitwise: Efficient Generative LLM Inference Using Phase Splitting", ISCA 2024).
 * - Token lengths `chat`: BurstGPT, CC-BY-4.0 (Wang et al., KDD 2025); its inter-arrival times also give `arrivalClumpPermille`.
 * - Token lengths and shared prefixes `longContext`: Mooncake conversation trace, Apache-2.0 (Qin et al., FAST 2025).
 * - Hours, weekdays and the spread of the load within an hour: ServeGen, Apache-2.0 (Xiang et al.), clients of the model m-small over 14 days.
 */
export const permilles = [0, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 990, 1000] as const

export const tokenLengths = {
  code: {
    input: [6, 74, 148, 374, 768, 1058, 1454, 1885, 2417, 3242, 5146, 7315, 7436, 7437],
    output: [6, 6, 7, 8, 9, 11, 13, 15, 19, 28, 54, 85, 246, 1899],
  },
  conversation: {
    input: [2, 181, 247, 390, 407, 972, 1035, 1081, 1140, 1317, 4075, 4086, 4122, 14050],
    output: [7, 38, 50, 71, 88, 102, 141, 213, 393, 405, 428, 463, 612, 1000],
  },
  chat: {
    input: [10, 19, 25, 66, 123, 320, 447, 614, 929, 1276, 1528, 1639, 1877, 1960],
    output: [3, 18, 44, 76, 144, 215, 263, 307, 350, 427, 557, 787, 1413, 1903],
  },
  longContext: {
    input: [891, 901, 971, 1725, 3604, 5412, 7590, 10164, 13773, 18915, 28560, 41478, 90760, 123192],
    output: [1, 9, 24, 96, 216, 299, 356, 402, 452, 512, 609, 708, 1120, 2000],
  },
} as const

/** Part of a prompt that an earlier request had already sent, in permille of its tokens. */
export const sharedPrefixPermille = [0, 16, 25, 45, 75, 121, 301, 497, 570, 808, 944, 975, 995, 1000] as const

/** Part of a day's calls in each local hour, in permille. */
export const hourPermille = {
  consumer: [35, 30, 31, 28, 30, 28, 29, 36, 42, 44, 47, 46, 44, 45, 44, 44, 45, 45, 42, 51, 61, 58, 53, 42],
  /** The same clients with their weekend days and their nights taken out: work done by people at desks. */
  office: [6, 4, 3, 3, 3, 4, 8, 22, 58, 92, 105, 98, 62, 84, 101, 104, 96, 72, 33, 16, 11, 7, 5, 3],
} as const

/** Monday to Sunday, permille of an average day. */
export const weekdayPermille = {
  consumer: [1020, 1010, 1040, 1060, 1080, 930, 860],
  office: [1240, 1280, 1290, 1250, 1120, 420, 400],
} as const

/** Of a thousand calls so many follow the one before within seconds: the coefficient of variation of the gaps is 3.5, not 1. */
export const arrivalClumpPermille = 380

/** Spread of the calls of one hour around its mean, permille. */
export const hourSpreadPermille = [620, 740, 810, 870, 920, 960, 990, 1020, 1060, 1110, 1190, 1300, 1620, 2100] as const
