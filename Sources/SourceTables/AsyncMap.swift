// SPDX-License-Identifier: Apache-2.0

extension Optional {
  /// The value that a function, which may wait, makes of what is there.
  func asyncMap<Value>(
    _ transform: (Wrapped) async throws -> Value
  ) async throws -> Value? {
    guard let self else { return nil }
    return try await transform(self)
  }
}
