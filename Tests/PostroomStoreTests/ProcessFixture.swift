#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

enum ProcessFixture {
    static var id: Int32 { getpid() }
}
