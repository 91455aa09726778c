import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PostroomCore

/// The HTTP side of Postroom: sign-in, REST, JMAP, events and the page.
public enum WebApplication {
    /// Every route over `services`. Tests drive it without a socket.
    public static func router(_ services: WebServices) -> Router<WebContext> {
        let router = Router(context: WebContext.self)
        router.add(middleware: PageMiddleware())
        router.add(middleware: CrossOriginMiddleware())
        router.add(middleware: CompressionMiddleware())
        router.add(middleware: ProblemMiddleware())
        router.add(
            middleware: AuthenticationMiddleware(
                access: services.access, directory: services.directory, operatorToken: services.operatorToken))
        // Once more inside the sign-in, where the language of the user is known.
        router.add(middleware: ProblemMiddleware())
        OperationsRoutes(services: services).add(to: router)
        let api = router.group("api/v1")
        DocumentRoute().add(to: api)
        SessionRoutes(services: services).add(to: api)
        ProfileRoutes(services: services).add(to: api)
        UserRoutes(services: services).add(to: api)
        ProviderRoutes(services: services).add(to: api)
        DomainRoutes(services: services).add(to: api)
        AccountRoutes(services: services).add(to: api)
        DiscoveryRoutes(services: services).add(to: api)
        CatalogueRoutes(services: services).add(to: api)
        ShareRoutes(services: services).add(to: api)
        SignInRoutes(services: services).add(to: api)
        GrantRoutes(services: services).add(to: api)
        PlacementRoute(services: services).add(to: api)
        SearchFilterRoute(services: services).add(to: api)
        MaintenanceRoutes(services: services).add(to: api)
        OutboxRoutes(services: services).add(to: api)
        MessageHTMLRoute(services: services).add(to: api)
        AccountMailRoutes(services: services).add(to: api)
        addJMAPRoutes(to: router, services: services)
        return router
    }

    /// The page's files, as they lie in the package.
    public static var assets: URL {
        Bundle.module.resourceURL?.appendingPathComponent("Assets") ?? URL(fileURLWithPath: "Assets")
    }
}
