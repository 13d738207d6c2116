// SPDX-License-Identifier: Apache-2.0
import CommandLineInterface

@main
struct Main {
  static func main() async { await Plumbline.main() }
}
