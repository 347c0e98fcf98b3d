import type { MediaSession, MediaStatistics } from '../telephony/media/types.ts'
import type { FlowFigures } from './judge/flow-meter.ts'
import type { MediaFigures } from './judge/result.ts'

/** What a session counted, as a result tells it. */
export function mediaFigures(
  { codec, suite }: Pick<MediaSession, 'codec' | 'suite'>,
  counted: MediaStatistics,
  flow: FlowFigures,
): MediaFigures {
  return {
    ...flow,
    codec: codec ?? null,
    srtp: suite ?? null,
    sent: counted.sentPackets,
    received: counted.receivedPackets,
    rejected: Object.values(counted.dropped).reduce((sum, each) => sum + each, 0),
    concealedMilliseconds: counted.concealedMs,
    jitterMilliseconds: Math.round(counted.jitterMs * 10) / 10,
    networkRoundTripMilliseconds: counted.roundTripMs === undefined ? null : Math.round(counted.roundTripMs),
    sentLost: counted.remote?.fractionLost ?? null,
  }
}
