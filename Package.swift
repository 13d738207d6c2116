// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// The map of the project: targets are listed in the order in which data flows through them.
let package = Package(
  name: "plumbline",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "plumbline", targets: ["plumbline"]),
    .executable(name: "plumbline-trainer", targets: ["plumbline-trainer"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    // Pure. Values in, values out: no database, no files, no clock.
    .target(name: "CBoostMath"),
    .target(name: "Statistics", dependencies: ["CBoostMath"]),
    .target(name: "Profiles", dependencies: ["Statistics"]),
    .target(name: "Scan", dependencies: ["Profiles"]),
    .target(name: "Findings", dependencies: ["Profiles"]),
    .target(name: "Drift", dependencies: ["Statistics", "Profiles", "Findings"]),
    .target(name: "Performance", dependencies: ["Statistics", "Profiles", "Findings"]),
    .target(name: "Decay", dependencies: ["Statistics", "Profiles"]),
    .target(name: "Experiments", dependencies: ["Statistics", "Profiles", "Findings"]),
    .target(
      name: "Alerting",
      dependencies: ["Statistics", "Profiles", "Findings", "YAMLSource"]
    ),
    .target(
      name: "Retraining",
      dependencies: ["Statistics", "Profiles", "Findings", "Experiments"]
    ),
    .target(
      name: "Reports",
      dependencies: [
        "Statistics", "Profiles", "Findings", "Experiments",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      plugins: ["EmbedFilesPlugin"]
    ),
    .systemLibrary(name: "CLibLinear", providers: [.apt(["liblinear-dev"])]),
    .target(name: "TabularModels", dependencies: ["CLibLinear"]),
    .target(
      name: "Simulator",
      dependencies: ["TabularModels", "Statistics", "Profiles", "YAMLSource"]
    ),
    .target(name: "YAMLSource", dependencies: [.product(name: "Yams", package: "Yams")]),
    .target(name: "Settings", dependencies: ["Profiles", "YAMLSource"]),
    // Edges. Each touches exactly one thing outside the process.
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "Postgres", dependencies: ["CLibPQ"]),
    .target(name: "WebCalls", dependencies: ["CCrypto"]),
    .target(
      name: "WebServer",
      dependencies: [
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ]
    ),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .target(
      name: "Notifiers",
      dependencies: [
        "WebCalls", "Alerting", "Findings", "Profiles", "Settings", "YAMLSource",
      ]
    ),
    .target(
      name: "Trainers",
      dependencies: ["WebCalls", "Retraining", "Profiles", "Settings"]
    ),
    .target(name: "Registries", dependencies: ["WebCalls", "Settings"]),
    .target(
      name: "OperatorTables",
      dependencies: ["Postgres", "Simulator", "Profiles"],
      plugins: ["EmbedFilesPlugin"]
    ),
    .target(
      name: "LocalServer",
      dependencies: [.product(name: "Subprocess", package: "swift-subprocess")]
    ),
    .target(
      name: "Store",
      dependencies: [
        "Postgres", "Scan", "Statistics", "Profiles", "Findings", "Alerting", "Retraining",
        "Settings", "YAMLSource", "Experiments",
      ],
      plugins: ["EmbedFilesPlugin"]
    ),
    // Composition.
    .target(
      name: "Monitor",
      dependencies: [
        "Store", "Postgres", "Scan", "Settings", "Profiles", "Findings", "Drift", "Performance",
        "Decay", "Experiments", "Statistics", "YAMLSource", "Alerting", "Reports", "Notifiers",
        "WebCalls", "WebServer", "Retraining", "Trainers", "Registries",
      ],
      plugins: ["EmbedFilesPlugin"]
    ),
    .executableTarget(
      name: "plumbline",
      dependencies: [
        "Monitor", "Store", "Postgres", "Settings", "Profiles", "Findings", "Alerting", "Reports",
        "Experiments", "Retraining", "Statistics", "Simulator", "TabularModels", "OperatorTables",
        "LocalServer", "YAMLSource",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]
    ),
    // The reference trainer: what a job of the trainer 'command' may run.
    .systemLibrary(name: "CXGBoost", providers: [.apt(["libxgboost-dev"])]),
    .executableTarget(
      name: "plumbline-trainer",
      dependencies: [
        "CXGBoost", "TabularModels", "Statistics", "Postgres", "Retraining", "Profiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]
    ),
    .executableTarget(
      name: "Bench",
      dependencies: [
        "Monitor", "Store", "Postgres", "Scan", "Settings", "Profiles", "Reports", "Simulator",
        "OperatorTables", "YAMLSource",
        .product(name: "Subprocess", package: "swift-subprocess"),
      ]
    ),
    // Tests: one target for each module, and three that look at the whole.
    .target(
      name: "TestKit",
      dependencies: [
        "Postgres", "LocalServer", "Statistics",
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      path: "Tests/TestKit"
    ),
    .testTarget(
      name: "StatisticsTests",
      dependencies: ["Statistics", "TestKit"],
      exclude: ["Golden"]
    ),
    .testTarget(
      name: "ProfilesTests",
      dependencies: ["Profiles", "Statistics", "TestKit"]
    ),
    .testTarget(
      name: "ScanTests",
      dependencies: ["Scan", "Profiles", "Postgres", "Statistics", "TestKit"]
    ),
    .testTarget(
      name: "DriftTests",
      dependencies: ["Drift", "Profiles", "Findings", "Statistics", "TestKit"],
      exclude: ["Golden"]
    ),
    .testTarget(
      name: "PerformanceTests",
      dependencies: ["Performance", "Profiles", "Findings", "Statistics", "TestKit"],
      exclude: ["Golden"]
    ),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: ["Experiments", "Profiles", "Statistics", "TestKit"],
      exclude: ["Golden"]
    ),
    .testTarget(name: "DecayTests", dependencies: ["Decay", "Profiles", "Statistics"]),
    .testTarget(
      name: "AlertingTests",
      dependencies: [
        "Alerting", "Drift", "Findings", "Profiles", "Statistics", "TestKit", "YAMLSource",
      ]
    ),
    .testTarget(
      name: "RetrainingTests",
      dependencies: ["Retraining", "Experiments", "Findings", "Profiles", "Statistics"]
    ),
    .testTarget(
      name: "TrainersTests",
      dependencies: ["Trainers", "Retraining", "Profiles", "Settings", "WebCalls", "TestKit"]
    ),
    .testTarget(
      name: "NotifiersTests",
      dependencies: [
        "Notifiers", "Alerting", "Profiles", "Settings", "WebCalls", "YAMLSource", "TestKit",
      ]
    ),
    .testTarget(name: "SettingsTests", dependencies: ["Settings", "Profiles", "YAMLSource"]),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["Reports", "Findings", "Profiles", "Statistics", "TestKit"],
      exclude: ["Snapshots"]
    ),
    .testTarget(name: "PostgresTests", dependencies: ["Postgres", "TestKit"]),
    .testTarget(name: "StoreTests", dependencies: ["Store", "Postgres", "TestKit"]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "Monitor", "Store", "Postgres", "Settings", "Profiles", "Findings", "Performance",
        "Alerting", "Retraining", "Reports", "Experiments", "Simulator", "TabularModels",
        "Statistics", "YAMLSource", "LocalServer", "Registries", "WebCalls", "TestKit",
      ],
      exclude: ["Golden"]
    ),
    .testTarget(
      name: "SimulatorTests",
      dependencies: [
        "Simulator", "Experiments", "Statistics", "Profiles", "YAMLSource", "TestKit",
      ]
    ),
    .testTarget(name: "TidyTests", dependencies: ["Drift", "Performance", "TestKit"]),
    // Build time: text files become Swift constants.
    .executableTarget(name: "EmbedFiles"),
    .plugin(
      name: "EmbedFilesPlugin",
      capability: .buildTool(),
      dependencies: ["EmbedFiles"],
      path: "Sources/EmbedFilesPlugin"
    ),
  ],
  cxxLanguageStandard: .cxx17
)

// Only for bin/fuzz, which links this to libFuzzer's main program; nothing else can be linked then.
if Context.environment["PLUMBLINE_FUZZ"] != nil {
  let fed = ["CBoostMath", "Statistics", "Profiles", "Scan", "YAMLSource", "Settings"]
  package.products = [.library(name: "Fuzz", type: .static, targets: ["Fuzz"])]
  package.targets = package.targets.filter { fed.contains($0.name) }
  package.targets.append(
    .target(
      name: "Fuzz",
      dependencies: ["Scan", "Profiles", "Settings", "YAMLSource"],
      path: "Tests/Fuzz"
    )
  )
}

for target in package.targets where [.regular, .executable, .test].contains(target.type) {
  guard target.name != "CBoostMath" else { continue }
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
  ]
}
