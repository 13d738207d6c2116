// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Scan

extension StoredBinning {
  /// Returns counts as they would be read back if they were stored.
  package func buckets<Counts>(
    _ profiles: [BucketKey: [Counts]],
    edges: [Instant],
    where isKept: (Counts) -> Bool
  ) -> [StoredBucket<Counts>] {
    let segments = segments
    return profiles.flatMap { key, targets in
      zip(segments, targets).compactMap { segment, counts -> StoredBucket<Counts>? in
        guard isKept(counts),
          let bucket = TimeRange(from: edges[key.bucket], to: edges[key.bucket + 1])
        else { return nil }
        return StoredBucket(version: key.version, segment: segment, bucket: bucket, counts: counts)
      }
    }
  }
}
