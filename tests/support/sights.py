"""Every page of the product, by name: whose it is, where it is, and what is pressed before it is looked at."""

from __future__ import annotations

from dataclasses import dataclass

_WRONG_TOKEN = "document.querySelectorAll('[name=csrf_token]').forEach((one) => { one.value = 'x'; })"


@dataclass(frozen=True)
class Sight:
    """A page as somebody sees it.

    `path` may name what a `Story` tells. `press` is a button: it is pressed with the browser's own checks of forms
    turned off and after running `before`, so that the page is the one that comes back.
    """

    name: str
    role: str
    service: str
    path: str
    press: str = ""
    before: str = ""


INTAKE = [
    Sight("inicio", "stranger", "intake", "/"),
    Sight("registro", "stranger", "intake", "/registro"),
    Sight("registro-errores", "stranger", "intake", "/registro", press="Crear mi cuenta"),
    Sight("ingresar", "stranger", "intake", "/ingresar"),
    Sight("ingresar-errores", "stranger", "intake", "/ingresar", press="Ingresar"),
    Sight("enlace", "stranger", "intake", "/ingresar/enlace/inventado"),
    Sight("codigo-que-no-existe", "official", "intake", "/codigo?codigo=V-ZZZZ-ZZZZ"),
    Sight("api", "stranger", "intake", "/api/docs"),
    Sight("no-existe", "stranger", "intake", "/nada"),
    Sight("consultar", "official", "intake", "/consultar"),
    Sight("consultar-errores", "official", "intake", "/consultar", press="Enviar la consulta"),
    Sight("consultar-ajeno", "official", "intake", "/consultar", press="Enviar la consulta", before=_WRONG_TOKEN),
    Sight("consultas", "official", "intake", "/consultas"),
    Sight("consultas-vacias", "newcomer", "intake", "/consultas"),
    Sight("consultas-ninguna-asi", "official", "intake", "/consultas?estado=withdrawn"),
    Sight("consulta-respondida", "official", "intake", "/consultas/{answered}"),
    Sight("consulta-reabrir-errores", "official", "intake", "/consultas/{answered}", press="Reabrir la consulta"),
    Sight("consulta-en-espera", "official", "intake", "/consultas/{waiting}"),
    Sight("consulta-recibida", "official", "intake", "/consultas/{triage}"),
    Sight("recibo", "official", "intake", "/consultas/{waiting}/recibo"),
    Sight("perfil", "official", "intake", "/perfil"),
    Sight("cuenta", "official", "intake", "/cuenta"),
    Sight("cuenta-errores", "official", "intake", "/cuenta", press="Cambiar la contraseña"),
    Sight("segundo-factor", "official", "intake", "/cuenta/segundo-factor"),
    Sight("consulta-ajena", "official", "intake", "/consultas/V-0000-0000"),
]
DESK = [
    Sight("mesa-ingresar", "stranger", "routing", "/ingresar"),
    Sight("mesa-api", "stranger", "routing", "/api/docs"),
    Sight("invitacion-vencida", "stranger", "routing", "/invitacion/inventada"),
    Sight("casos", "advisor", "routing", "/casos"),
    Sight("casos-sin-ninguno", "advisor", "routing", "/casos?vista=snoozed"),
    Sight("casos-por-clasificar", "supervisor", "routing", "/casos?vista=triage"),
    Sight("casos-todos", "supervisor", "routing", "/casos?vista=all"),
    Sight("casos-cerrados", "supervisor", "routing", "/casos?vista=closed"),
    Sight("casos-filtrados", "supervisor", "routing", "/casos?vista=all&tema=presupuesto&urgente=no"),
    Sight("casos-buscados", "supervisor", "routing", "/casos?vista=all&q=presupuestaria"),
    Sight("casos-no-hallados", "supervisor", "routing", "/casos?vista=all&q=zzzzqqqq"),
    Sight("vistas", "supervisor", "routing", "/casos/vistas"),
    Sight("lote-vacio", "supervisor", "routing", "/casos/lote"),
    Sight("caso-respondido", "supervisor", "routing", "/casos/{answered}"),
    Sight("caso-en-espera", "supervisor", "routing", "/casos/{waiting}"),
    Sight("caso-por-clasificar", "supervisor", "routing", "/casos/{triage}"),
    Sight("caso-por-responder", "supervisor", "routing", "/casos/{assigned}"),
    Sight("caso-con-errores", "supervisor", "routing", "/casos/{assigned}", press="Enviar la respuesta"),
    Sight("caso-no-existe", "advisor", "routing", "/casos/V-0000-0000"),
    Sight("plazos-del-caso", "supervisor", "routing", "/casos/{waiting}/plazos"),
    Sight("historial", "supervisor", "routing", "/casos/{answered}/historial"),
    Sight("unir", "supervisor", "routing", "/casos/{assigned}/union"),
    Sight("unir-dos", "supervisor", "routing", "/casos/{assigned}/union?con={waiting}"),
    Sight("borradores", "advisor", "routing", "/borradores"),
    Sight("menciones", "advisor", "routing", "/menciones"),
    Sight("revision", "advisor", "routing", "/revision"),
    Sight("revision-por-decidir", "supervisor", "routing", "/revision"),
    Sight("revision-de-una", "supervisor", "routing", "/casos/{reviewed}/revision"),
    Sight("revision-reglas", "supervisor", "routing", "/revision/reglas"),
    Sight("normas", "advisor", "routing", "/normas"),
    Sight("norma", "advisor", "routing", "/normas/{norm_id}"),
    Sight("norma-por-cuidar", "supervisor", "routing", "/normas/{norm_id}"),
    Sight("norma-nueva", "supervisor", "routing", "/normas/nueva"),
    Sight("biblioteca", "advisor", "routing", "/biblioteca"),
    Sight("biblioteca-texto", "supervisor", "routing", "/biblioteca/nuevo"),
    Sight("biblioteca-errores", "supervisor", "routing", "/biblioteca/nuevo", press="Guardar"),
    Sight("biblioteca-macro", "supervisor", "routing", "/biblioteca/nuevo?tipo=macro"),
    Sight("atajos", "advisor", "routing", "/atajos"),
    Sight("mesa-cuenta", "advisor", "routing", "/cuenta"),
    Sight("prohibido", "advisor", "routing", "/supervision"),
]
SUPERVISION = [
    Sight("supervision", "supervisor", "routing", "/supervision"),
    Sight("licencias", "supervisor", "routing", "/supervision/licencias"),
    Sight("licencias-errores", "supervisor", "routing", "/supervision/licencias", press="Registrar"),
    Sight("equipos", "supervisor", "routing", "/supervision/equipo"),
    Sight("redistribuir", "supervisor", "routing", "/supervision/redistribucion"),
    Sight("equidad", "supervisor", "routing", "/supervision/equidad"),
    Sight("carga", "supervisor", "routing", "/supervision/carga/{advisor_id}"),
    Sight("asesores", "supervisor", "routing", "/asesores"),
    Sight("asesor-nuevo", "supervisor", "routing", "/asesores/nuevo"),
    Sight("asesor-errores", "supervisor", "routing", "/asesores/nuevo", press="Guardar"),
    Sight("asesor", "supervisor", "routing", "/asesores/{advisor_id}"),
    Sight("personal", "supervisor", "routing", "/personal"),
    Sight("invitar", "supervisor", "routing", "/personal/invitar"),
    Sight("invitar-errores", "supervisor", "routing", "/personal/invitar", press="Enviar la invitación"),
    Sight("auditoria", "supervisor", "routing", "/auditoria"),
    Sight("plazos", "supervisor", "routing", "/plazos"),
    Sight("politica", "supervisor", "routing", "/plazos/politica"),
    Sight("calendario", "supervisor", "routing", "/plazos/calendario"),
    Sight("calendario-importar", "supervisor", "routing", "/plazos/calendario/importar"),
    Sight("politica-edicion", "supervisor", "routing", "/plazos/politica/ediciones/1"),
    Sight("clasificador", "supervisor", "routing", "/clasificador"),
    Sight("correcciones", "supervisor", "routing", "/clasificador/correcciones"),
    Sight("clasificador-volver", "supervisor", "routing", "/clasificador/volver"),
    Sight("mesa-no-existe", "supervisor", "routing", "/nada"),
]
OPERATION = [
    Sight("mensajes", "reader", "notifications", "/?estado=all"),
    Sight("mensajes-con-problema", "reader", "notifications", "/"),
    Sight("mensajes-de-una-consulta", "reader", "notifications", "/?estado=all&codigo={answered}"),
    Sight("mensaje", "reader", "notifications", "/mensajes/{message_id}"),
    Sight("mensajes-no-existe", "reader", "notifications", "/nada"),
    Sight("mensajes-api", "reader", "notifications", "/api/docs"),
    Sight("panel-ingresar", "stranger", "insights", "/ingresar"),
    Sight("panel", "operator", "insights", "/"),
    Sight("panel-semana", "operator", "insights", "/?periodo=semana"),
    Sight("panel-no-existe", "operator", "insights", "/nada"),
]
SIGHTS = [*INTAKE, *DESK, *SUPERVISION, *OPERATION]
BY_NAME = {sight.name: sight for sight in SIGHTS}
