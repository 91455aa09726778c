import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Gives memory back to the system once a burst of work is over.
///
/// A start with thousands of accounts and a first synchronisation need much for a moment. The C library keeps the pages that it freed, between those that are
/// in use, for as long as the program runs.
struct MemoryReturn: Sendable {
    /// Signalled by whoever has finished something large.
    let finished = WakeSignal()

    /// No news for so long: the burst is over.
    private static let pause = Duration.seconds(2)
    /// Where work never ends it is given back nevertheless.
    private static let longest = Duration.seconds(60)

    /// Until cancelled.
    func run() async {
        while !Task.isCancelled {
            await finished.wait()
            let began = ContinuousClock.now
            while finished.isSignalled, !Task.isCancelled, ContinuousClock.now - began < Self.longest {
                _ = finished.take()
                try? await Task.sleep(for: Self.pause)
            }
            _ = finished.take()
            if Task.isCancelled { return }
            // It walks through all that is free, an arena at a time.
            await BackgroundThreads.shared.run { Self.trim() }
        }
    }

    /// `malloc_trim(3)` is the GNU library's own, in a header that Swift does not import; another library has none.
    private static func trim() {
        #if canImport(Glibc)
            guard let function = dlsym(nil, "malloc_trim") else { return }
            _ = unsafeBitCast(function, to: (@convention(c) (Int) -> CInt).self)(0)
        #endif
    }
}
