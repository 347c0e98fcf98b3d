/** Integration of a client's web service that takes a payment, and is believed by the Secret `caisse-ca`. */
export const aTill = (
  namespace: string,
  url: string,
  { input, output }: { input: readonly string[]; output?: readonly { name: string; pointer: string }[] },
) => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { name: 'caisse', namespace } },
  spec: {
    criticality: 'Standard',
    http: {
      endpoints: [
        { name: 'une', role: 'Primary', url, tls: { caSecretRef: { name: 'caisse-ca' }, serverName: 'localhost' } },
      ],
      operations: [
        {
          ...{ name: 'payer', method: 'POST', path: '/payer', input: input.map((name) => ({ name })) },
          ...(output && { output }),
        },
      ],
    },
  },
})
