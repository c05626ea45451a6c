"""The words of the console: names of states, measures, services and signs, marked for translation."""

from __future__ import annotations

from shared.http.languages import N_

MEASURES = {
    "submitted": N_("Recibidas"),
    "classified": N_("Clasificadas"),
    "assigned": N_("Asignadas"),
    "answered": N_("Respondidas"),
}

STATES = {
    "received": N_("Recibida, sin clasificar"),
    "classified": N_("Clasificada, sin asignar"),
    "triage": N_("En revisión manual"),
    "unstaffed": N_("Sin asesor disponible"),
    "assigned": N_("Con un asesor"),
    "waiting": N_("Esperando a la municipalidad"),
}

CLOCKS = {
    "first_response": N_("Primera respuesta"),
    "next_response": N_("Siguiente respuesta"),
    "resolution": N_("Respuesta final"),
}

CHANNELS = {"email": N_("Correo"), "sms": N_("SMS")}
OUTCOMES = {"delivered": N_("Entregados"), "failed": N_("Fallidos"), "held": N_("Retenidos")}
UNSENT = {"pending": N_("Por enviar"), "uncertain": N_("Inciertos")}

SERVICES = {
    "intake": N_("Recepción"),
    "routing": N_("Asignación"),
    "notifications": N_("Avisos"),
    "insights": N_("Panel"),
}

PROCESSES = {
    "web": N_("Web"),
    "worker": N_("Trabajador"),
    "relay": N_("Despachador"),
    "clock": N_("Reloj"),
    "email": N_("Envío de correo"),
    "sms": N_("Envío de SMS"),
}

SIGNS = {
    "ProcessDown": (
        N_("Un proceso no responde"),
        N_("El supervisor lo reinicia solo. Si sigue así dos minutos, mire su registro."),
    ),
    "HeartbeatLost": (
        N_("Un proceso no da señales de vida"),
        N_("Puede estar congelado: reinícielo. Lo que tenía a medias se repite sin duplicarse."),
    ),
    "OutboxStuck": (
        N_("Hay eventos que no llegan a su destino"),
        N_("Vea si el despachador y el destino trabajan y si Redis responde. Nada se pierde mientras tanto."),
    ),
    "InboxStuck": (
        N_("Hay eventos recibidos sin aplicar"),
        N_("Vea el último error en las cartas muertas o en el registro del trabajador."),
    ),
    "TimersLate": (
        N_("Los plazos se disparan tarde"),
        N_("Vea si el reloj del servicio trabaja. Los plazos vencidos se atienden apenas vuelva."),
    ),
    "QueueBacklog": (
        N_("Se acumulan mensajes en una cola"),
        N_("El destino está ausente o lento. Vea su trabajador; puede agregar otro."),
    ),
    "DeadLetters": (
        N_("Hay cartas muertas"),
        N_("Un evento agotó sus intentos. Corrija la causa y repítalo con «ventanilla dead-letters replay»."),
    ),
    "UnknownEvents": (
        N_("Llegaron eventos que esta versión no conoce"),
        N_("Esperan a que el servicio se actualice; después se aplican solos."),
    ),
    "QuarantinedBatches": (
        N_("Hay mensajes en cuarentena"),
        N_("Su firma o su forma no es válida. Revise las claves de los servicios y quién escribe en Redis."),
    ),
    "MessagesNotSent": (
        N_("Hay mensajes que debieron salir hace más de 15 minutos"),
        N_(
            "Vea si el proceso de envío trabaja y si el proveedor responde. Los mensajes esperan en el libro de envíos."
        ),
    ),
    "ProviderAway": (
        N_("Un proveedor de mensajes no responde"),
        N_("Se prueba cada cinco segundos; lo pendiente sale solo cuando vuelva. Avise al proveedor si dura."),
    ),
    "UncertainMessages": (
        N_("Hay mensajes de los que no se sabe si salieron"),
        N_("Se resuelven con el acuse o según la política de su plantilla. Si quedan retenidos, decida en el libro."),
    ),
    "JourneyStalled": (
        N_("Una consulta lleva rato sin llegar a asignación"),
        N_("Vea los procesos de recepción y de asignación. La consulta está guardada."),
    ),
    "UnstaffedCases": (
        N_("Hay consultas sin asesor disponible"),
        N_("Amplíe la capacidad o agregue un asesor que conozca el tema; se asignan solas."),
    ),
    "SlaBreachesOpen": (
        N_("Hay consultas con el plazo vencido"),
        N_("Avise a la supervisora: están en su lista, de la más antigua a la más reciente."),
    ),
}
"""By the name of the alert: what happened, and what to do. docs/runbook.md has the long form under the same name."""

PERIODS = {"today": N_("Hoy"), "week": N_("Últimos 7 días")}
