import ArgumentParser

@main
struct Postroom: AsyncParsableCommand {
    func run() async throws {}
}
