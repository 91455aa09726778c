import CStemmer
import Logging
import ServiceLifecycle
