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
    .executable(name: "plumbline-demo", targets: ["plumbline-demo"]),
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
    .target(name: "Profiles"),
    .target(name: "Failpoints"),
    .target(name: "Scan", dependencies: ["Profiles"]),
    .target(name: "Checks", dependencies: ["Statistics", "Profiles"]),
    .target(name: "Experiments", dependencies: ["Statistics", "Profiles", "Checks"]),
    .target(
      name: "Alerting",
      dependencies: ["Statistics", "Profiles", "Checks", "Settings"]
    ),
    .target(
      name: "Retraining",
      dependencies: ["Statistics", "Profiles", "Checks", "Experiments"]
    ),
    .target(
      name: "Evaluation",
      dependencies: [
        "Statistics", "Profiles", "Checks", "Alerting", "Retraining",
      ]
    ),
    .target(
      name: "Reports",
      dependencies: [
        "Statistics", "Profiles", "Checks", "Experiments", "Evaluation", "Alerting", "Retraining",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      plugins: ["EmbedFilesPlugin"]
    ),
    .systemLibrary(name: "CLibLinear", providers: [.apt(["liblinear-dev"])]),
    .target(name: "TabularModels", dependencies: ["CLibLinear"]),
    .target(
      name: "Simulator",
      dependencies: ["TabularModels", "Statistics", "Profiles", "Settings"]
    ),
    .target(
      name: "Diagnosis",
      dependencies: [
        "Simulator", "TabularModels", "Profiles", "Checks", "Alerting", "Evaluation",
      ]
    ),
    .target(
      name: "Settings",
      dependencies: ["Profiles", "Checks", .product(name: "Yams", package: "Yams")]
    ),
    // Edges. Each touches exactly one thing outside the process.
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "Postgres", dependencies: ["CLibPQ"]),
    .target(
      name: "Integrations",
      dependencies: ["CCrypto", "Alerting", "Retraining", "Checks", "Profiles", "Settings"]
    ),
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
      name: "OperatorTables",
      dependencies: ["Postgres", "Simulator", "Profiles"],
      plugins: ["EmbedFilesPlugin"]
    ),
    .target(
      name: "LocalServer",
      dependencies: [.product(name: "Subprocess", package: "swift-subprocess")]
    ),
    .target(
      name: "SourceTables",
      dependencies: [
        "Postgres", "Scan", "Profiles", "Checks", "Retraining", "Settings",
        "Experiments",
      ],
      plugins: ["EmbedFilesPlugin"]
    ),
    .target(
      name: "Store",
      dependencies: [
        "Postgres", "Scan", "Statistics", "Profiles", "Checks", "Evaluation", "Alerting",
        "Retraining", "Settings", "Experiments", "Failpoints",
      ],
      plugins: ["EmbedFilesPlugin"]
    ),
    // Composition.
    .target(
      name: "Service",
      dependencies: [
        "SourceTables", "Store", "Postgres", "Scan", "Settings", "Profiles", "Checks",
        "Experiments", "Statistics", "Alerting", "Reports", "Integrations",
        "Retraining", "Evaluation", "Failpoints",
        .product(name: "Logging", package: "swift-log"),
      ],
      plugins: ["EmbedFilesPlugin"]
    ),
    // Apart from the services, so that programs that answer nobody build no web server.
    .target(
      name: "Daemon",
      dependencies: [
        "Service", "Store", "Postgres", "Integrations", "WebServer", "Settings", "Alerting",
        "Retraining", "Profiles", "Reports", .product(name: "Logging", package: "swift-log"),
      ]
    ),
    .target(
      name: "CommandLineSupport",
      dependencies: [
        "Service", "Settings", "Profiles", "Checks", "Reports", "Retraining", "Statistics",
        "Failpoints",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]
    ),
    .target(
      name: "CommandLineInterface",
      dependencies: [
        "CommandLineSupport", "Daemon", "Service", "Settings", "Profiles", "Checks",
        "Alerting", "Reports",
        "Experiments", "Retraining", "Evaluation", "Failpoints",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]
    ),
    .executableTarget(name: "plumbline", dependencies: ["CommandLineInterface"]),
    // What 'plumbline demo' runs: a simulated operator, watched. Nothing else needs the simulator.
    .executableTarget(
      name: "plumbline-demo",
      dependencies: [
        "CommandLineSupport", "Service", "Settings", "Profiles", "Checks", "Alerting",
        "Reports", "Experiments", "Retraining", "Statistics", "Simulator", "TabularModels",
        "OperatorTables", "LocalServer", "Evaluation",
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
        "Service", "Store", "Postgres", "Settings", "Profiles", "Simulator",
        "OperatorTables", "Diagnosis", "Checks", "Alerting",
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
    .executableTarget(
      name: "plumbline-failpoints",
      dependencies: ["CommandLineInterface", "CommandLineSupport", "Failpoints"],
      path: "Tests/plumbline-failpoints"
    ),
    .testTarget(
      name: "StatisticsTests",
      dependencies: ["Statistics", "TestKit"],
      exclude: ["Golden"]
    ),
    .testTarget(
      name: "ProfilesTests",
      dependencies: ["Profiles", "Statistics"]
    ),
    .testTarget(
      name: "ScanTests",
      dependencies: ["Scan", "Profiles", "Postgres", "Statistics"]
    ),
    .testTarget(
      name: "ChecksTests",
      dependencies: ["Checks", "Profiles", "Statistics", "TestKit"],
      exclude: ["Drift/Golden", "Performance/Golden"]
    ),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: ["Experiments", "Profiles", "Statistics", "TestKit"],
      exclude: ["Golden"]
    ),
    .testTarget(
      name: "AlertingTests",
      dependencies: [
        "Alerting", "Checks", "Profiles", "Settings", "Statistics", "TestKit",
      ]
    ),
    .testTarget(
      name: "RetrainingTests",
      dependencies: ["Retraining", "Experiments", "Checks", "Profiles", "Statistics", "TestKit"]
    ),
    .testTarget(
      name: "IntegrationsTests",
      dependencies: [
        "Integrations", "Alerting", "Retraining", "Profiles", "Settings", "TestKit",
      ]
    ),
    .testTarget(
      name: "SettingsTests",
      dependencies: ["Settings", "Checks", "Profiles"],
      exclude: ["Fixtures"]
    ),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Evaluation", "Retraining", "Alerting", "Checks", "Profiles", "Settings", "Statistics",
      ]
    ),
    .testTarget(
      name: "DiagnosisTests",
      dependencies: ["Diagnosis", "Simulator", "Checks", "Profiles"]
    ),
    .testTarget(
      name: "ReportsTests",
      dependencies: [
        "Reports", "Evaluation", "Alerting", "Checks", "Profiles", "Retraining", "Statistics",
        "TestKit",
      ],
      exclude: ["Snapshots"]
    ),
    .testTarget(
      name: "CommandLineInterfaceTests",
      dependencies: [
        "CommandLineInterface", "CommandLineSupport", "Checks", "TestKit",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]
    ),
    .testTarget(name: "PostgresTests", dependencies: ["Postgres", "TestKit"]),
    .testTarget(
      name: "StoreTests",
      dependencies: [
        "SourceTables", "Store", "Postgres", "Alerting", "Experiments", "Checks", "Profiles",
        "Retraining", "Settings", "TestKit",
      ]
    ),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "Service", "SourceTables", "Store", "Postgres", "Settings", "Profiles", "Checks",
        "Evaluation", "Alerting",
        "Retraining", "Reports", "Experiments", "TabularModels", "Statistics",
        "LocalServer", "Failpoints", "Integrations", "TestKit",
      ],
      exclude: ["Golden"]
    ),
    .testTarget(
      name: "SimulatorTests",
      dependencies: [
        "Simulator", "Experiments", "Settings", "Statistics", "Profiles", "TestKit",
      ]
    ),
    .testTarget(
      name: "TidyTests",
      dependencies: [
        "Alerting", "Checks", "CommandLineInterface", "Settings", "Simulator", "TestKit",

        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]
    ),
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
  let fed = [
    "CBoostMath", "Statistics", "Profiles", "Scan", "Checks", "Settings",
  ]
  package.products = [.library(name: "Fuzz", type: .static, targets: ["Fuzz"])]
  package.targets = package.targets.filter { fed.contains($0.name) }
  package.targets.append(
    .target(
      name: "Fuzz",
      dependencies: ["Scan", "Profiles", "Settings"],
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
