// SPDX-License-Identifier: Apache-2.0
import Profiles
import SourceTables
import Store

/// The rows that a model has left, and the bins in which they are counted.
struct ModelLog: Sendable {
  let runtime: Runtime
  /// The model's tables.
  let source: Source
  /// Reads their rows.
  var reader: RowReader
  /// The bins, with the watermarks up to which rows were counted.
  var bins: StoredBinning

  /// The features of the bins beside the columns that the table has now.
  var columns: ColumnMatch { ColumnMatch(bins.binning, source) }
}
