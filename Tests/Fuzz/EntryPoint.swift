// SPDX-License-Identifier: Apache-2.0

/// Called by libFuzzer with each input; its first byte chooses what is fed.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let first = bytes.first else { return 0 }
  Target.allCases[Int(first) % Target.allCases.count].feed(Array(bytes.dropFirst()))
  return 0
}
