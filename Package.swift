// swift-tools-version: 6.2
// The house: `Mail*` targets know nothing of the product, `Postroom*` targets are the product. Arrows go one way;
// `swift build --explicit-target-dependency-import-check error` refuses any edge that is not written here.
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "postroom",
    products: [
        .executable(name: "postroom", targets: ["postroom"]),
        .library(name: "MailMIME", targets: ["MailMIME"]),
        .library(name: "MailProtocol", targets: ["MailProtocol"]),
        .library(name: "MailTransport", targets: ["MailTransport"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // Mail, usable alone.
        .target(name: "MailMIME", swiftSettings: strict),
        .target(
            name: "MailProtocol",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
            ], swiftSettings: strict),
        .target(
            name: "MailTransport",
            dependencies: [
                "MailProtocol", "CResolv", "CZlib",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .target(name: "MailHTML", dependencies: ["CGumbo"], swiftSettings: strict),

        // The product.
        .target(
            name: "PostroomCore",
            dependencies: [
                "MailMIME", "MailProtocol", "MailHTML", "CStemmer",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], resources: [.copy("Discovery/Catalogue/Providers")], swiftSettings: strict),
        .target(
            name: "PostroomStore",
            dependencies: [
                "PostroomCore", "CZlib", "CZstd", "CPQ", "CSQLite",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .target(
            name: "PostroomJMAP", dependencies: ["PostroomCore", "MailMIME", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .target(
            name: "PostroomWeb",
            dependencies: [
                "PostroomCore", "PostroomJMAP", "MailMIME", "MailHTML", "CZlib",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], resources: [.copy("Assets")], swiftSettings: strict),
        .executableTarget(
            name: "postroom",
            dependencies: [
                "MailMIME", "MailProtocol", "MailTransport", "PostroomCore", "PostroomStore", "PostroomJMAP", "PostroomWeb",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),

        // Shims of our own: over what Swift can't call, and over a library that is loaded only when it is needed.
        .target(name: "CResolv", linkerSettings: [.linkedLibrary("resolv")]),
        .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "CPQ", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        // C libraries.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CGumbo", pkgConfig: "gumbo", providers: [.apt(["libgumbo-dev"])]),
        .systemLibrary(name: "CStemmer", providers: [.apt(["libstemmer-dev"])]),

        .testTarget(name: "MailMIMETests", dependencies: ["MailMIME"], exclude: ["Corpus"], swiftSettings: strict),
        .testTarget(name: "MailProtocolTests", dependencies: ["MailProtocol"], exclude: ["Corpus"], swiftSettings: strict),
        .testTarget(
            name: "MailTransportTests",
            dependencies: [
                "MailTransport", "MailProtocol", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "X509", package: "swift-certificates"),
            ], swiftSettings: strict),
        .testTarget(name: "MailHTMLTests", dependencies: ["MailHTML", "CGumbo"], exclude: ["Corpus"], swiftSettings: strict),
        .testTarget(
            name: "PostroomCoreTests",
            dependencies: [
                "PostroomCore", "PostroomStore", "MailMIME", "MailProtocol", .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
            ], exclude: ["Corpus"], swiftSettings: strict),
        .testTarget(
            name: "PostroomStoreTests", dependencies: ["PostroomStore", "PostroomCore", "MailMIME", "MailProtocol", "CZlib"],
            swiftSettings: strict),
        .testTarget(
            name: "PostroomJMAPTests",
            dependencies: [
                "PostroomJMAP", "PostroomStore", "PostroomCore", "MailMIME", "MailProtocol",
                .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: strict),
        .testTarget(
            name: "PostroomWebTests",
            dependencies: [
                "PostroomWeb", "PostroomJMAP", "PostroomStore", "PostroomCore", "MailProtocol",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
