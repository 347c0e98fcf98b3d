import { Counter, Gauge, type Registry } from '../runtime/prometheus.ts'
import type { RelayStatistics } from './report/relay-statistics.ts'

/** @param ask what the relay counts, at each scrape; undefined while it does not answer */
export function watchRelay(registry: Registry, ask: () => Promise<RelayStatistics | undefined>): void {
  const registers = [registry]
  let asked: Promise<RelayStatistics | undefined> | undefined
  /** One question serves all metrics of a scrape. */
  const seen = () => (asked ??= ask().finally(() => (asked = undefined)))
  new Gauge({
    name: 'callbot_edge_relay_up',
    help: '1 if the media relay answers. While it does not, calls are rejected (503).',
    registers,
    async collect() {
      this.set((await seen()) === undefined ? 0 : 1)
    },
  })
  new Gauge({
    name: 'callbot_edge_relay_sessions',
    help: 'Number of calls whose media the relay forwards; 0 while it does not answer.',
    registers,
    async collect() {
      this.set((await seen())?.sessions ?? 0)
    },
  })
  new Gauge({
    name: 'callbot_edge_relay_ports',
    help: 'Number of UDP ports for media with callers and trunks by state: used or free. A call takes two, a transferred caller two more.',
    labelNames: ['state'],
    registers,
    async collect() {
      const { usedPorts = 0, freePorts = 0 } = (await seen()) ?? {}
      this.set({ state: 'used' }, usedPorts)
      this.set({ state: 'free' }, freePorts)
    },
  })
  // The relay counts: what it says replaces what it said before.
  new Counter({
    name: 'callbot_edge_relay_packets_total',
    help: 'Number of media packets since the relay started by result: forwarded or error.',
    labelNames: ['result'],
    registers,
    async collect() {
      const { packets = 0, packetErrors = 0 } = (await seen()) ?? {}
      this.reset()
      this.inc({ result: 'forwarded' }, packets)
      this.inc({ result: 'error' }, packetErrors)
    },
  })
  new Counter({
    name: 'callbot_edge_relay_timeouts_total',
    help: 'Number of sessions that the relay ended for want of media since it started: nobody ended the call.',
    registers,
    async collect() {
      const { timeouts = 0 } = (await seen()) ?? {}
      this.reset()
      this.inc(timeouts)
    },
  })
}
