// swift-tools-version: 6.2
// What an idle connection costs. Run: swift run -c release idle [COUNT]
import PackageDescription

let package = Package(
    name: "idle",
    dependencies: [
        .package(name: "postroom", path: "../.."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        .executableTarget(
            name: "idle",
            dependencies: [
                .product(name: "MailTransport", package: "postroom"),
                .product(name: "MailProtocol", package: "postroom"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
