/** containerd's configuration for one zone (version 2 of the format: Debian 12 has containerd 1.6). */
export function renderContainerdConfig(
  zone: { stateDir: string; runDir: string; socket: string },
  sandboxImage: string,
): string {
  return `version = 2
root = "${zone.stateDir}/containerd"
state = "${zone.runDir}/containerd"

[grpc]
  address = "${zone.socket}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${sandboxImage}"
  # Else runc tries to lower the score below its own and dies with "can't get final child's PID from pipe: EOF".
  restrict_oom_score_adj = true
  # Network namespaces of pods below our own state, where \`down\` finds them.
  netns_mounts_under_state_dir = true
  disable_apparmor = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${zone.stateDir}/cni"

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = "${zone.runDir}/runc"
      SystemdCgroup = false

# Plugins that would look for tools or file systems which nobody needs here.
[plugins."io.containerd.internal.v1.opt"]
  path = "${zone.stateDir}/opt"
`
}
