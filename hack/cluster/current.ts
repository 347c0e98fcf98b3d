/** CLUSTER=current: the user's own cluster. Nothing is started, stopped or broken there; we only look whether it answers. */
import { kubernetes, binary } from './binaries.ts'
import { edgeImage, operatorImage, postgresImage, relayImage, speechImage } from './settings.ts'
import { existsSync } from 'node:fs'
import { tryRun } from './shell.ts'

/** @throws when the kubeconfig's cluster does not answer */
export async function checkCurrent(): Promise<void> {
  const ours = binary(kubernetes, 'kubectl')
  const kubectl = existsSync(ours) ? ours : 'kubectl'
  const asked = await tryRun(kubectl, ['version', '-o', 'json', '--request-timeout=10s']).catch((cause: Error) => {
    throw new Error('no kubectl: install it, or run `make tools` to build ours', { cause })
  })
  if (asked.code !== 0) {
    const config = process.env['KUBECONFIG'] ?? '~/.kube/config'
    throw new Error(`the cluster of ${config} does not answer: ${asked.stderr.trim()}\nset KUBECONFIG to one that does`)
  }
  const { serverVersion } = JSON.parse(asked.stdout) as { serverVersion: { gitVersion: string } }
  console.log(
    `CLUSTER=current: your cluster answers (Kubernetes ${serverVersion.gitVersion}); nothing is changed in it`,
  )
}

/** What to do instead of importing images into zones that are not there. */
export function printHowToPush(): void {
  console.log(`CLUSTER=current: bring the image to where your nodes pull from, then name it in IMAGE:
  make image-context                                  # prepares out/image and out/speech
  docker build -t ${operatorImage} . && docker push ${operatorImage}
  docker build -t ${edgeImage} -f Dockerfile.edge . && docker push ${edgeImage}
  docker build -t ${speechImage} -f Dockerfile.speech . && docker push ${speechImage}
  docker build -t ${relayImage} -f Dockerfile.relay . && docker push ${relayImage}
  docker build -t ${postgresImage} -f Dockerfile.postgres . && docker push ${postgresImage}
  make e2e CLUSTER=current IMAGE=${operatorImage}`)
}
