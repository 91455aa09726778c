// swift-tools-version: 6.2
// How fast the IMAP client is; see Benchmarks/imap/run.
import PackageDescription

let package = Package(
    name: "imapbench",
    dependencies: [.package(name: "postroom", path: "../..")],
    targets: [
        .executableTarget(
            name: "imapbench",
            dependencies: [.product(name: "MailTransport", package: "postroom"), .product(name: "MailProtocol", package: "postroom")])
    ],
    swiftLanguageModes: [.v6]
)
