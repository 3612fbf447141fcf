/**
 * Every number of a group, each with its reason. They are starting values that go together; few installations need
 * others.
 */
export const groupDefaults = {
  /** Active checks. */
  check: {
    /** One small request a second is nothing to an upstream, and finds one within three that nobody uses. */
    intervalMs: 1_000,
    /** So much of the interval is added or taken off, so that the checks of many gateways do not come together. */
    jitterShare: 0.2,
    /** One that cannot answer a request for nothing in a second is of no use to those who wait. */
    timeoutMs: 1_000,
    /** Once is an accident. */
    failsToGoDown: 2,
    passesToComeUp: 2,
    /** Between checks of one that is away: it is wanted back soon. */
    awayIntervalMs: 500,
    /** Larger replies to a check are not read: it is to be cheap. */
    bodyBytesMax: 64 * 1024,
  },
  /** Ejection of those that do worse than their peers, by the rules of Envoy with numbers for small groups. */
  outlier: {
    /** How often peers are compared. It is arithmetic over a few hundred numbers. */
    judgeMs: 200,
    /** Errors in a row. As in Envoy. */
    consecutiveErrors: 5,
    /** What is compared is of the last so many milliseconds, as in Envoy: the time between two of its judgements. */
    windowMs: 10_000,
    /** Fewer exchanges in the window say nothing of a success rate. */
    rateRequestsMin: 30,
    /** A success rate must be so many standard deviations below the mean of its peers, as in Envoy, … */
    rateStdevFactor: 1.9,
    /** … and so much below it: of two or three peers that do well, the deviation is next to nothing. */
    rateMargin: 0.1,
    /** A median time to the first byte is an outlier above so many times that of the peers, … */
    latencyFactor: 3,
    /** … when it is longer than this: below, the noise of the network is a multiple of everything, … */
    latencyFloorMs: 10,
    /** … and it is made of so many samples, … */
    latencySamplesMin: 8,
    /** … for so long: compaction and garbage collection take seconds, and go away. */
    slowForMs: 5_000,
    /** One that has answered nothing for so long, while something waits for it, gets a check at once. */
    suspectAfterMs: 400,
    /** It is ejected when it still has not, while its peers have. With the judgement's interval it is one second. */
    silentAfterMs: 800,
    /**
     * Times the number of ejections that are not forgiven. Envoy has 30 s; but a group of three that lacks one for half a
     * minute for every hiccup is worse off, and a check has to pass before one returns.
     */
    ejectionBaseMs: 2_000,
    /** One that is bad each time it returns costs a few of its requests a minute. */
    ejectionMsMax: 60_000,
    /** In service for so long, one ejection is forgiven. As in Envoy. */
    forgiveMs: 10_000,
    /** Never more than half of a group: when most do badly, they are no outliers. */
    ejectedShareMax: 0.5,
    /**
     * When fewer than a third of all can be used, all are: knowledge that leaves nearly nobody is likely to be wrong.
     * Less than Envoy's half: the one of three that is left is protected by its limit of concurrency.
     */
    panicShare: 0.33,
  },
  /** Large bodies, by how long a MiB of them is waited for. */
  body: {
    /** Smaller ones are there before anything can be said of them. */
    bytesMin: 1024 * 1024,
    /** How long one is waited for before it is judged, at least, … */
    windowMsMin: 500,
    /** … or as long as so much usually takes: RGW reads and sends in stripes of 4 MiB, … */
    windowBytes: 8 * 1024 * 1024,
    /** … and at most. */
    windowMsMax: 4_000,
    /** It has collapsed when it takes so many times what is usual: of a store that is busy, single bodies take twice or thrice. */
    collapsedFactor: 4,
    /** Faster, at 20 MiB/s, is none. */
    collapsedMsMin: 50,
    /** What is left would come within this time: to ask for it elsewhere gains nothing. */
    collapsedLeftMsMin: 1_000,
    /** One in twenty large bodies may be asked for elsewhere: the rest of it is a request more. */
    collapsedShare: 0.05,
    collapsedReserve: 16,
    /** What one of three that begins to crawl has under way for 200 clients. */
    collapsedSavedMax: 64,
  },
  /** Which upstream gets an attempt. */
  selection: {
    /** A peak of latency falls to 37 % in this time. Finagle has 10 s, for requests that are all alike. */
    decayMs: 3_000,
    /** What a first byte takes, where nothing is known yet. */
    usualFirstByteMs: 50,
    /** Faster is not compared: it is noise. */
    usualFirstByteMsMin: 1,
    /** One that returns gets its full share after so long: its caches are cold, and it may not be well yet. */
    slowStartMs: 10_000,
    /** Its share at first. */
    slowStartShare: 0.1,
    /** Others are used when fewer of those in the zone of the group can be. */
    zoneShareMin: 0.5,
  },
  /** Circuit breakers, which compare with nothing: they also stand where there are no peers. */
  breaker: {
    /** Twice what ejects, for those that may not be ejected. */
    consecutiveErrors: 10,
    windowMs: 10_000,
    requestsMin: 20,
    /** Of so many failed, no retry makes a success. At half of them, retries do. */
    failedShare: 0.8,
    /** A restart takes longer than this, but not much: a single request tries. */
    openMs: 1_000,
    /** Twice as long each time it fails, up to this. */
    openMsMax: 30_000,
    jitterShare: 0.2,
    /** Of writes to one bucket at one upstream: its index may be resharded, or over its quota of a shard. */
    bucketErrors: 5,
    /** Buckets with errors that are known of one upstream. */
    bucketsMax: 1_000,
  },
  /** How many exchanges one upstream may have under way, for this process. */
  limit: {
    /** As many as an SDK with all its threads sends, or two. */
    initial: 128,
    /** With three upstreams a process still serves a hundred at once when all of them ask for less. */
    min: 32,
    /** An RGW takes so many (`rgw_max_concurrent_requests`) and answers SlowDown from then on. */
    max: 1_024,
    windowMs: 1_000,
    samplesMin: 10,
    /** First bytes may take so many times what they took in the long run before the limit goes down. As in gradient2. */
    tolerance: 1.5,
    /** How much of the way to the new limit is gone in a window. As in gradient2. */
    smoothing: 0.2,
    /** What is usual in the long run is an average over so many windows. */
    longWindows: 60,
    /** The limit after SlowDown, as a share of what was under way; once in a window. */
    throttledShare: 0.7,
  },
} as const satisfies Record<string, Record<string, number>>

type Numbers<T> = { readonly [K in keyof T]: number }

/** What of a group can be set. */
export type GroupOptions = { readonly [S in keyof typeof groupDefaults]: Numbers<(typeof groupDefaults)[S]> }
export type GroupOptionsInput = { readonly [S in keyof GroupOptions]?: Partial<GroupOptions[S]> | undefined }

/** The defaults, with what is given in their place. */
export function groupOptions(given: GroupOptionsInput = {}): GroupOptions {
  return {
    check: { ...groupDefaults.check, ...given.check },
    outlier: { ...groupDefaults.outlier, ...given.outlier },
    body: { ...groupDefaults.body, ...given.body },
    selection: { ...groupDefaults.selection, ...given.selection },
    breaker: { ...groupDefaults.breaker, ...given.breaker },
    limit: { ...groupDefaults.limit, ...given.limit },
  }
}
