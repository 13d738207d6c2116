// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract:
      "Monitors a simulated operator for 19 months and compares what is found with the truth.",
    discussion: """
      Runs the program plumbline-demo, which lies beside this one, with all arguments that follow. \
      'plumbline demo --help' lists them.
      """
  )

  @Argument(parsing: .captureForPassthrough, help: "The arguments of plumbline-demo.")
  var arguments: [String] = []

  func run() throws {
    let demo = try SiblingProgram("plumbline-demo", advice: "bin/demo builds it and runs it")
    try demo.replaceProcess(arguments)
  }
}
